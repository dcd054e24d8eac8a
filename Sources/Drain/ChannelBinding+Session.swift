import Authentication
import Manifest
import POP
import Transport

extension ChannelBinding {
    /// What ties an exchange to the TLS session of a client.
    /// - Throws: `AccountFailure` where a type is named that this session has not.
    init(_ choice: ChannelBindingChoice, _ client: POPClient, _ capabilities: Capabilities) throws(AccountFailure) {
        guard choice != .off, client.securityName != nil, !capabilities.mechanisms.isEmpty else {
            self = .unsupported
            return
        }
        guard capabilities.mechanisms.contains(where: { $0.hasSuffix("-PLUS") }) else {
            self = .notOffered
            return
        }
        let type =
            switch choice {
            case .exporter: ChannelBindingType.exporter
            case .unique: ChannelBindingType.unique
            case .serverEndPoint: ChannelBindingType.serverEndPoint
            case .auto, .off: Self.usual(client, capabilities)
            }
        guard let data = client.channelBinding(type) else {
            throw AccountFailure(
                .refused, "this TLS session has no channel binding of the type \(type.rawValue)",
                remedy: "name another one with `channel-binding`")
        }
        self = .bound(type: type.rawValue, data: data)
    }

    /// Cyrus wants tls-unique whatever the version of TLS.
    private static func usual(_ client: POPClient, _ capabilities: Capabilities) -> ChannelBindingType {
        let isCyrus = capabilities.implementation?.hasPrefix("Cyrus") ?? false
        return client.isTLS13 && !isCyrus ? .exporter : .unique
    }
}
