/// What one `[[account]]`, one row, or `[defaults]` says of the way to the server.
struct RouteFields {
    /// `proxy`, `socket` or `tunnel-command`; `.direct` for the proxy "none".
    var way: Located<Route.Way>?
    var proxySecret: Located<SecretSource>?
    var sourceAddress: Located<String>?
    var family: Located<AddressFamily>?
}

/// The name that an account gives its server.
struct Site {
    var name: Located<String>?
    /// It is a domain, whose SRV records tell the host.
    var isDomain: Bool
}
