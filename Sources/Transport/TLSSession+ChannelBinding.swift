import COpenSSL

extension TLSSession {
    var isTLS13: Bool { SSL_version(pointer) >= TLS1_3_VERSION }

    /// The data of a channel binding; `nil` where the session has none of that type.
    func channelBinding(_ type: ChannelBindingType) -> [UInt8]? {
        switch type {
        case .exporter: exportedKey
        case .unique: firstFinished
        case .serverEndPoint: certificateHash
        }
    }

    /// 32 octets, with an empty context (RFC 9266, section 2).
    private var exportedKey: [UInt8]? {
        let label = "EXPORTER-Channel-Binding"
        var key = [UInt8](repeating: 0, count: 32)
        let none: [UInt8] = [0]
        let status = SSL_export_keying_material(pointer, &key, key.count, label, label.utf8.count, none, 0, 1)
        return status == 1 ? key : nil
    }

    /// The client sends the first one, but where a session is resumed.
    private var firstFinished: [UInt8]? {
        var message = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        let count =
            SSL_session_reused(pointer) == 1
            ? SSL_get_peer_finished(pointer, &message, message.count)
            : SSL_get_finished(pointer, &message, message.count)
        return count > 0 ? Array(message.prefix(count)) : nil
    }

    /// With the hash that the certificate is signed with, but at least SHA-256.
    private var certificateHash: [UInt8]? {
        guard let certificate = SSL_get0_peer_certificate(pointer) else { return nil }
        var hashNumber: CInt = 0
        guard OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &hashNumber, nil) == 1 else { return nil }
        let isWeak = hashNumber == NID_md5 || hashNumber == NID_sha1
        guard let hash = isWeak ? EVP_sha256() : EVP_get_digestbyname(OBJ_nid2sn(hashNumber)) else { return nil }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(certificate, hash, &digest, &count) == 1 else { return nil }
        return Array(digest.prefix(Int(count)))
    }
}
