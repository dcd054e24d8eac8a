/// Drain promises the job: who runs when, in which order things become durable, what is retried, and what the report
/// says. It is the only module that sees all the others at work.
package enum Drain {}
