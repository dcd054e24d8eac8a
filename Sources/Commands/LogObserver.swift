import Archive
import Drain
import Logging
import Platform

/// Plain log lines on standard error, for pipes and job runners; the table on standard output at the end.
struct LogObserver: DrainObserver {
    private let logger: Logger
    private let isQuiet: Bool

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        var logger = Logger(label: "mailcask") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = isQuiet ? .warning : .info
        self.logger = logger
    }

    func handle(_ event: DrainEvent) {
        switch event {
        case .notice(let text): logger.warning("\(text)", source: "drain")
        case .runStarted(let run, let accountCount):
            logger.info("run \(run): \(accountCount) accounts", source: "drain")
        case .accountStarted: break
        case .accountListed(let account, let listed, let new):
            logger.info("\(account): \(listed) messages listed, \(new) new", source: "drain")
        case .accountWaits(let account, let reason, let seconds):
            logger.warning("\(account): \(reason); next try in \(Format.duration(seconds))", source: "drain")
        case .messageFailed(let account, let number, let reason):
            logger.warning("\(account): message \(number) left on the server: \(reason)", source: "drain")
        case .accountFinished(let report):
            let result = report.result
            if let failure = report.failure {
                logger.error("\(report.account): \(failure)", source: "drain")
            } else {
                logger.info(
                    """
                    \(report.account): done, \(result.archived) archived, \(result.duplicates) duplicates, \
                    \(Format.octets(result.octets)) in \(Format.duration(result.seconds))\(Self.deletions(result))
                    """, source: "drain")
            }
        case .runFinished(let report):
            guard !isQuiet else {
                if !report.notStarted.isEmpty {
                    logger.error("\(report.notStarted.count) accounts were not begun", source: "drain")
                }
                if let fatal = report.fatal { logger.error("the run was ended: \(fatal)", source: "drain") }
                return
            }
            Array(RunTable(report).rendered().utf8).withUnsafeBytes { _ = Terminal.writeToStandardOutput($0) }
        }
    }

    private static func deletions(_ result: GroupRecord.Result) -> String {
        result.deleted > 0 ? ", \(Format.count(result.deleted)) deleted on the server" : ""
    }
}
