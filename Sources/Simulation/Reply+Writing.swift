extension Reply {
    func write(to writer: ReplyWriter, form: ReplyForm) throws(SessionEnd) {
        try writer.write(status + [0x0d, 0x0a])
        switch body {
        case .none:
            return
        case .lines(let lines):
            for line in lines { try writer.write(Array(line.utf8) + [0x0d, 0x0a]) }
        case .listing(let listing):
            try listing.write(to: writer, form: form)
        case .message(let content, nil):
            try Self.writeWhole(content, to: writer, form: form)
        case .message(let content, let bodyLineCount?):
            try Self.writeTop(content, bodyLineCount, to: writer, form: form)
        }
        try writer.write(form.terminator)
    }

    private static func writeWhole(
        _ content: SimulatedContent, to writer: ReplyWriter, form: ReplyForm
    ) throws(SessionEnd) {
        var reader = ContentReader(content)
        var stuffer = ByteStuffer()
        while let chunk = reader.next() {
            try write(chunk, stuffer: &stuffer, to: writer, form: form)
        }
    }

    private static func writeTop(
        _ content: SimulatedContent, _ bodyLineCount: Int, to writer: ReplyWriter, form: ReplyForm
    ) throws(SessionEnd) {
        var reader = ContentReader(content)
        var stuffer = ByteStuffer()
        var limiter = TopLimiter(bodyLineCount: bodyLineCount)
        var tail: ArraySlice<UInt8> = []
        while !limiter.isFinished, let chunk = reader.next() {
            let count = chunk.withUnsafeBufferPointer { limiter.admit($0) }
            try write(chunk.prefix(count), stuffer: &stuffer, to: writer, form: form)
            tail = (tail + chunk.prefix(count).suffix(2)).suffix(2)
        }
        // A line that was cut at a bare LF: the terminator needs CRLF before it.
        if !tail.isEmpty, !tail.elementsEqual([0x0d, 0x0a]) { try writer.write([0x0d, 0x0a]) }
    }

    private static func write(
        _ chunk: ArraySlice<UInt8>, stuffer: inout ByteStuffer, to writer: ReplyWriter, form: ReplyForm
    ) throws(SessionEnd) {
        try chunk.withUnsafeBufferPointer { (bytes) throws(SessionEnd) in
            guard form.isStuffed else { return try writer.write(bytes) }
            try stuffer.stuff(bytes) { (piece) throws(SessionEnd) in try writer.write(piece) }
        }
    }
}

extension Listing {
    /// One line without its end.
    func line(_ number: Int, form: ReplyForm) -> [UInt8] {
        var separator = " "
        var prefix = ""
        for case .separated(let text) in form.listingForms { separator = text }
        for case .prefixed(let text) in form.listingForms { prefix = text }
        let message = maildrop.shown(number)
        let start = Array("\(prefix)\(number)\(separator)".utf8)
        return switch kind {
        case .sizes: start + Array(String(form.size(of: message)).utf8)
        case .uniqueIDs: start + message.uniqueID
        }
    }

    func write(to writer: ReplyWriter, form: ReplyForm) throws(SessionEnd) {
        var numbers = maildrop.numbers
        var repeats = 1
        for listingForm in form.listingForms {
            switch listingForm {
            case .shuffled(let seed):
                var random = SeededRandom(seed: seed)
                numbers.shuffle(using: &random)
            case .gaps(let every): numbers.removeAll { $0 % every == 0 }
            case .repeated: repeats = 2
            case .prefixed, .separated: break
            }
        }
        for number in numbers {
            let line = line(number, form: form) + [0x0d, 0x0a]
            for _ in 0..<repeats { try writer.write(line) }
        }
    }
}
