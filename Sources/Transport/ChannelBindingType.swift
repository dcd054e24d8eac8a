/// What both sides of a TLS session see of it, and nobody between them can have two sessions agree on.
package enum ChannelBindingType: String, Sendable {
    /// RFC 9266.
    case exporter = "tls-exporter"
    /// RFC 5929, section 3: not for TLS 1.3.
    case unique = "tls-unique"
    /// RFC 5929, section 4.
    case serverEndPoint = "tls-server-end-point"
}
