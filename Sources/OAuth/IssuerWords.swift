/// The members of an issuer's answers that are used, as they are named on the wire (RFC 6749, section 5; RFC 8628, section 3.2).
enum IssuerWords {
    struct Grant: Decodable {
        let accessToken: String
        let tokenType: String?
        let lifetime: Seconds?
        let refreshToken: String?

        enum CodingKeys: String, CodingKey {
            case accessToken = "access_token"
            case tokenType = "token_type"
            case lifetime = "expires_in"
            case refreshToken = "refresh_token"
        }
    }

    struct Device: Decodable {
        let deviceCode: String
        let userCode: String
        /// The RFC's name, and Google's.
        let address: String?
        let otherAddress: String?
        let lifetime: Seconds?
        let interval: Seconds?

        enum CodingKeys: String, CodingKey {
            case deviceCode = "device_code"
            case userCode = "user_code"
            case address = "verification_uri"
            case otherAddress = "verification_url"
            case lifetime = "expires_in"
            case interval
        }
    }

    struct Refusal: Decodable {
        let error: String
        let description: String?

        enum CodingKeys: String, CodingKey {
            case error
            case description = "error_description"
        }
    }

    /// A number; some issuers write it as a string.
    struct Seconds: Decodable {
        let value: Int

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                value = Int(text) ?? 0
            } else {
                value = Int(clamping: Int64(min(max(try container.decode(Double.self), 0), 1e12)))
            }
        }
    }
}
