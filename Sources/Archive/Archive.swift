/// Archive promises that segments become gzip members of tar volumes and come back byte for byte: written once, in
/// order, recoverable after a torn tail, verifiable, and readable with tar, zcat, cat and sha256sum alone.
package enum Archive {}
