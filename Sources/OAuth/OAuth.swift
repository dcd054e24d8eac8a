/// OAuth promises tokens (OAuth 2.0, RFC 6749) that are good for the next login: from a refresh token that is kept in a
/// file, which a person has had made once by the device flow (RFC 8628).
enum OAuth {}
