/// Simulation promises a POP server that misbehaves by script, for tests and benchmarks. The product never imports it.
package enum Simulation {}
