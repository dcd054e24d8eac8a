/// Simulation promises a POP server that misbehaves by script, for tests and benchmarks. The product never imports it.
///
/// A `SimulatedServer` serves `SimulatedMaildrop`s over plain TCP, implicit TLS or STLS on a loopback address. Without
/// a script it follows RFC 1939, RFC 2449 and RFC 2595; each rule of a `FaultScript` names a point of the session and
/// what goes wrong there.
package enum Simulation {}
