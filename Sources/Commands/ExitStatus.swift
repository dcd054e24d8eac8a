import Archive
import ArgumentParser
import Catalog
import Drain
import Manifest
import Platform

/// The statuses that mailcask ends with, after sysexits(3). Listed in mailcask(1).
enum ExitStatus: Int32, CaseIterable, Error {
    /// Everything that was asked for is done.
    case done = 0
    /// The command line is wrong (EX_USAGE); ArgumentParser uses it too.
    case usage = 64
    /// Verification found damage, or the archive cannot be trusted (EX_DATAERR).
    case damaged = 65
    /// There is no such archive, account or message (EX_NOINPUT).
    case notFound = 66
    /// mailcask itself made a mistake: the counts of an account do not add up (EX_SOFTWARE).
    case software = 70
    /// The local disk or the archive's folder failed (EX_IOERR).
    case localDisk = 74
    /// Some accounts are incomplete, and a later run may do better (EX_TEMPFAIL).
    case retry = 75
    /// Some accounts were refused: somebody must change something first (EX_NOPERM).
    case refused = 77
    /// The manifest is wrong (EX_CONFIG).
    case manifest = 78

    var code: ExitCode { ExitCode(rawValue) }

    /// How a run ends: the most serious of what happened.
    init(_ report: RunReport) {
        let kinds = report.accounts.compactMap(\.failure?.kind)
        if report.fatal != nil || kinds.contains(.localDisk) {
            self = .localDisk
        } else if kinds.contains(.unbalanced) {
            self = .software
        } else if kinds.contains(.damaged) {
            self = .damaged
        } else if kinds.contains(.refused) {
            self = .refused
        } else if !report.isComplete {
            self = .retry
        } else {
            self = report.damages.isEmpty ? .done : .damaged
        }
    }

    /// Ends a command that only looks: as a drain would, where accounts failed.
    static func throwIfAny(of failures: [AccountFailure]) throws {
        let kinds = failures.map(\.kind)
        if kinds.contains(.localDisk) { throw localDisk }
        if kinds.contains(.refused) { throw refused }
        if !kinds.isEmpty { throw retry }
    }

    /// How a command ends that was stopped by an error.
    init(_ error: any Error) {
        switch error {
        case is ManifestError: self = .manifest
        case let error as ArchiveError:
            switch error.code {
            case .missing: self = .notFound
            case .locked: self = .retry
            case .damaged, .newerFormat, .olderCatalogue: self = .damaged
            case .otherFormat: self = .manifest
            case .library: self = .localDisk
            }
        case let error as FileError: self = error.isMissing ? .notFound : .localDisk
        case let status as ExitStatus: self = status
        default: self = .localDisk
        }
    }
}

/// Runs the body of a command: an error is told on standard error and becomes the exit status, and so does output that
/// could not be written, which somebody may take for whole.
func reporting(_ body: () async throws -> Void) async throws {
    do {
        try await body()
        if let failure = Terminal.standardOutputFailure {
            Terminal.writeToStandardError("mailcask: \(failure)\n")
            throw ExitStatus.localDisk
        }
    } catch let code as ExitCode {
        throw code
    } catch let status as ExitStatus {
        throw status.code
    } catch {
        let error = Catalog.explained(error)
        Terminal.writeToStandardError("mailcask: \(error)\n")
        throw ExitStatus(error).code
    }
}
