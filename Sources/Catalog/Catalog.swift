/// Catalog promises quick answers: which unique-ids are archived, where each segment lies, what each run did, and which
/// messages match a search. All of it can be rebuilt from the volumes.
package enum Catalog {}
