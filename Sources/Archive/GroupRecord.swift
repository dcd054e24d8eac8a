import Foundation
package import Mail

/// What a run learnt, written into the volume beside the messages: one JSON object a line. The catalogue can be rebuilt
/// from these and the messages alone. Written down in mailcask-archive(5).
package struct GroupRecord: Sendable, Equatable {
    /// The run that wrote it; first line of every record.
    package struct Run: Sendable, Equatable {
        /// Sorts by time, safe as a name: `20261121T022900Z-3f9a1c`.
        package var id: String
        /// Seconds since 1970.
        package var started: Int64

        package init(id: String, started: Int64) {
            self.id = id
            self.started = started
        }
    }

    package struct Account: Sendable, Equatable {
        package var name: String
        package var host: String
        package var port: UInt16
        package var user: String

        package init(name: String, host: String, port: UInt16, user: String) {
            self.name = name
            self.host = host
            self.port = port
            self.user = user
        }
    }

    /// How it is known that a unique-id stands for a message.
    package enum Proof: Int, Sendable {
        /// The message was received under it, and its bytes compared.
        case content = 0
        /// Header and size are those of a message that the account holds: after a renumbering or a move to another
        /// server, whose messages are not fetched again. Or the server would not promise to send what it holds.
        case header = 1
    }

    /// A checkpoint: this unique-id of this account is archived as that message.
    package struct Message: Sendable, Equatable {
        package var account: String
        /// Opaque; empty where the server has none.
        package var uniqueID: [UInt8]
        package var digest: Digest
        /// In octets, as transmitted and unstuffed.
        package var size: UInt64
        /// What the server's scan listing said, in octets; `nil` where it said nothing of use.
        package var listedOctets: UInt64?
        package var proof = Proof.content
        /// The server gave the unique-id to no other message of its listing: what it stood for before is void.
        package var isSole = false
        /// Where to find it: `mail/ACCOUNT/SHA256.eml`, `mail/ACCOUNT/SHA256.parts` or `mbox/ACCOUNT/NNNNNN.mbox.gz`.
        package var path: String
        /// When it was archived, in seconds since 1970.
        package var archived: Int64
        /// In an mbox: where its member begins, how far in it starts and how long it is there; `nil` in a volume.
        package var place: Place?

        package init(
            account: String, uniqueID: [UInt8], digest: Digest, size: UInt64, listedOctets: UInt64? = nil,
            proof: Proof = .content, isSole: Bool = false, path: String, archived: Int64, place: Place? = nil
        ) {
            self.account = account
            self.uniqueID = uniqueID
            self.digest = digest
            self.size = size
            self.listedOctets = listedOctets
            self.proof = proof
            self.isSole = isSole
            self.path = path
            self.archived = archived
            self.place = place
        }
    }

    /// What became of a message on the server once it was archived.
    package struct Deletion: Sendable, Equatable {
        package enum State: Int, Sendable {
            /// DELE was answered `+OK` and QUIT was to follow; no listing has shown yet whether it lasted.
            case requested = 1
            /// A later listing does not have it any more.
            case confirmed = 2
        }

        package var account: String
        package var uniqueID: [UInt8]
        package var state: State
        /// Seconds since 1970.
        package var time: Int64

        package init(account: String, uniqueID: [UInt8], state: State, time: Int64) {
            self.account = account
            self.uniqueID = uniqueID
            self.state = state
            self.time = time
        }
    }

    /// A message that could not be had, and is tried last in later runs.
    package struct Quarantine: Sendable, Equatable {
        package var account: String
        package var uniqueID: [UInt8]
        /// Runs in which it could not be had.
        package var tries: Int
        /// Why, for people; `nil` when it is out of quarantine: archived, or gone from the server.
        package var reason: String?
        /// Seconds since 1970.
        package var time: Int64

        package init(account: String, uniqueID: [UInt8], tries: Int, reason: String?, time: Int64) {
            self.account = account
            self.uniqueID = uniqueID
            self.tries = tries
            self.reason = reason
            self.time = time
        }
    }

    /// How far an mbox file is good after this group. A volume needs none: its record is in itself.
    package struct File: Sendable, Equatable {
        package var path: String
        /// In bytes.
        package var length: UInt64

        package init(path: String, length: UInt64) {
            self.path = path
            self.length = length
        }
    }

    /// What a repair found and did; in the last record of its run.
    package struct Repair: Sendable, Equatable {
        /// A damaged file that is no part of the archive any more.
        package struct SetAside: Sendable, Equatable, Codable {
            /// Where it was, relative to the archive's root.
            package var path: String
            /// In hexadecimal, the SHA-256 under which it was sealed; `nil` where it was not.
            package var sha256: String?

            package init(path: String, sha256: String?) {
                self.path = path
                self.sha256 = sha256
            }
        }

        /// A message of an account that could not be repaired.
        package struct Lost: Sendable, Hashable {
            package var account: String
            package var digest: Digest

            package init(account: String, digest: Digest) {
                self.account = account
                self.digest = digest
            }
        }

        /// Gaps among the records before this one: known, and no damage any more.
        package var gaps: [RecordChain.Gap] = []
        package var setAside: [SetAside] = []
        package var lost: [Lost] = []

        package init() {}

        package var isEmpty: Bool { gaps.isEmpty && setAside.isEmpty && lost.isEmpty }
    }

    package var run: Run
    /// SHA-256 of the encoded record before this one; `nil` in the first of an archive, and in those that were written
    /// before there was a chain.
    package var previous: Digest?
    package var repair: Repair?
    package var files: [File] = []
    package var accounts: [Account] = []
    package var messages: [Message] = []
    package var deletions: [Deletion] = []
    package var quarantines: [Quarantine] = []
    package var results: [Result] = []

    package init(run: Run) { self.run = run }

    package var isEmpty: Bool {
        messages.isEmpty && deletions.isEmpty && quarantines.isEmpty && results.isEmpty && repair == nil
    }
}
