/// Mail promises what an archive must know of a message: its digest, the boundaries of its MIME leaves, the header facts
/// an index needs, and the text that a person reads. It never changes a byte and never refuses a message for its content.
package enum Mail {}
