/// The forms in which mail leaves an archive. In all of them messages are the bytes that the server transmitted, CRLF
/// included; mbox adds its reversible quoting.
package enum ExportFormat: String, Sendable, CaseIterable {
    /// `DIR/ACCOUNT/{cur,new,tmp}`, a file per message.
    case maildir
    /// `DIR/ACCOUNT/DATE-ID.eml`, a file per message.
    case eml
    /// `DIR/ACCOUNT.mbox`, mboxrd.
    case mbox
    /// `DIR/ACCOUNT.mbox.gz`.
    case mboxGzip = "mbox.gz"
    /// `DIR/ACCOUNT.tar.gz` of eml files.
    case tarGzip = "tar.gz"
}
