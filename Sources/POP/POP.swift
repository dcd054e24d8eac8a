/// POP promises the protocol family without I/O: commands, replies, framing, unstuffing, capabilities and the session
/// as a state machine (RFC 1939, RFC 2449). It takes bytes and gives events; it opens nothing and waits for nothing.
package enum POP {}
