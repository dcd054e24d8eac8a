/// Retrieval promises that what was archived comes back: one message, many as ordinary mail files, or the proof that
/// every byte is there. It only reads archives, and never waits for a run that writes one.
package enum Retrieval {}
