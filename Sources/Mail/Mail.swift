/// Mail promises what an archive must know of a message: its digest, the boundaries of its MIME leaves, and the header
/// facts an index needs. It never changes a byte and never refuses a message for its content.
package enum Mail {}
