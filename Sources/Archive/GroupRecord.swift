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

    /// A checkpoint: this unique-id of this account is archived as that message.
    package struct Message: Sendable, Equatable {
        package var account: String
        /// Opaque; empty where the server has none.
        package var uniqueID: [UInt8]
        package var digest: Digest
        /// In octets, as transmitted and unstuffed.
        package var size: UInt64
        /// Where to find it: `mail/ACCOUNT/SHA256.eml`, `mail/ACCOUNT/SHA256.parts` or `mbox/ACCOUNT/NNNNNN.mbox.gz`.
        package var path: String
        /// When it was archived, in seconds since 1970.
        package var archived: Int64
        /// In an mbox: where its member begins, how far in it starts and how long it is there; `nil` in a volume.
        package var place: Place?

        package init(
            account: String, uniqueID: [UInt8], digest: Digest, size: UInt64, path: String, archived: Int64,
            place: Place? = nil
        ) {
            self.account = account
            self.uniqueID = uniqueID
            self.digest = digest
            self.size = size
            self.path = path
            self.archived = archived
            self.place = place
        }
    }

    /// How a run ended for one account.
    package struct Result: Sendable, Equatable, Codable {
        package var account: String
        package var listed: Int
        package var alreadyArchived: Int
        package var archived: Int
        package var duplicates: Int
        package var failed: Int
        /// Received in this run.
        package var octets: UInt64
        /// Of those, not stored again.
        package var savedOctets: UInt64
        package var seconds: Double
        /// Why it is not complete; `nil` when it is.
        package var error: String?

        package init(account: String) {
            self.account = account
            (listed, alreadyArchived, archived, duplicates, failed) = (0, 0, 0, 0, 0)
            (octets, savedOctets, seconds) = (0, 0, 0)
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

    package var run: Run
    package var files: [File] = []
    package var accounts: [Account] = []
    package var messages: [Message] = []
    package var results: [Result] = []

    package init(run: Run) { self.run = run }

    package var isEmpty: Bool { messages.isEmpty && results.isEmpty }
}
