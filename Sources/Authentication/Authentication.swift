/// Authentication promises one small interface to every SASL mechanism (RFC 4422) that POP servers offer: the client's
/// side, without I/O. Whoever drives an exchange carries its octets to and fro, in base64 (RFC 5034).
///
/// A mechanism that lets the server prove itself ends well only when the server has done so.
enum Authentication {}
