/// Something that is not TOML, or a key that stands twice. It never quotes a value.
struct TOMLFailure: Error {
    var span: Range<Int>
    var message: String
    var remedy: String
}
