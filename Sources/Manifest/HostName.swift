import Glibc

/// What a host may be written as.
enum HostName {
    /// What is wrong with a host, and what to write.
    struct Problem: Error {
        var message: String
        var remedy: String
    }

    /// The most characters of a name (RFC 1035, section 2.3.4, without the final dot).
    static let characterLimit = 253

    /// The host as it is to be used: brackets of an IPv6 address and a final dot taken off.
    static func validated(_ text: String) throws(Problem) -> String {
        let example = "write the bare name, for example host = \"pop.example.org\""
        if text.isEmpty { throw Problem(message: "the host is empty", remedy: example) }
        if text.contains("://") {
            throw Problem(
                message: "the host is a URL, not a name", remedy: example + "; tls and port are keys of their own")
        }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control || $0 == " " }) {
            throw Problem(message: "the host has a space or a control character in it", remedy: example)
        }
        if text.contains("@") {
            throw Problem(message: "the host has an \"@\" in it", remedy: example + "; who logs in is the key user")
        }
        var host = text
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        if isIPv6(bare) { return bare }
        if host.contains(":") {
            throw Problem(
                message: "the host has a \":\" in it and is not an IPv6 address",
                remedy: "give the port by itself, for example port = 995")
        }
        if host.utf8.contains(where: { $0 >= 0x80 }) {
            throw Problem(
                message: "the host has letters beyond ASCII",
                remedy: "write the name in its ASCII form, which begins with \"xn--\" (idn2 NAME prints it)")
        }
        if host.hasSuffix(".") { host.removeLast() }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= characterLimit, labels.allSatisfy({ (1...63).contains($0.utf8.count) }),
            host.utf8.allSatisfy({ isNameByte($0) })
        else { throw Problem(message: "the host is not a valid name", remedy: example) }
        return host
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }

    /// An IPv6 address, with or without a zone such as `%eth0`.
    private static func isIPv6(_ text: String) -> Bool {
        var address = in6_addr()
        let bare = text.split(separator: "%", maxSplits: 1).first.map(String.init) ?? text
        return text.contains(":") && inet_pton(AF_INET6, bare, &address) == 1
    }
}
