/// What a word of fetchmail's run control file stands for.
enum FetchmailKeyword: Sendable {
    case poll, skip, defaults, set
    /// Server options that are translated.
    case via, proto, service, auth, timeout, plugin
    /// User options that are translated.
    case user, password, passwordFile, ssl, sslProto, sslCertFile, sslCert, sslKey, sslCommonName, keep
    /// `is` and `to`: names of this machine follow, or, before `there`, the remote one.
    case names
    case no, noise, here, there
    /// An option without a counterpart: how many strings follow, and why that is no loss, or what to do.
    case foreign(Following, String?)

    enum Following: Sendable { case none, one, list }

    private static let locally = "mailcask writes into its archive, and delivers to nobody"
    private static let multidrop = "mailcask keeps a multidrop mailbox as one account"

    /// In small letters; `nil` where fetchmail knows no such word.
    static func meaning(of word: String) -> FetchmailKeyword? { known[word] }

    private static let known: [String: FetchmailKeyword] = [
        "poll": .poll, "server": .poll, "skip": .skip, "defaults": .defaults, "set": .set,
        "via": .via, "proto": .proto, "protocol": .proto, "service": .service, "port": .service, "auth": .auth,
        "authenticate": .auth, "timeout": .timeout, "plugin": .plugin,
        "user": .user, "username": .user, "pass": .password, "password": .password, "passwordfile": .passwordFile,
        "ssl": .ssl, "sslproto": .sslProto, "sslcertfile": .sslCertFile, "keep": .keep,
        "is": .names, "to": .names, "no": .no, "here": .here, "there": .there,
        "and": .noise, "with": .noise, "has": .noise, "wants": .noise, "options": .noise,
        // What mailcask does anyway, or what concerns only how fetchmail delivers.
        "uidl": .foreign(.none, nil), "fetchall": .foreign(.none, nil), "sslcertck": .foreign(.none, nil),
        "rewrite": .foreign(.none, nil), "stripcr": .foreign(.none, nil), "forcecr": .foreign(.none, nil),
        "pass8bits": .foreign(.none, nil), "dropstatus": .foreign(.none, nil), "dropdelivered": .foreign(.none, nil),
        "mimedecode": .foreign(.none, nil), "tracepolls": .foreign(.none, nil), "dns": .foreign(.none, nil),
        "checkalias": .foreign(.none, nil), "idle": .foreign(.none, nil), "fastuidl": .foreign(.one, nil),
        "warnings": .foreign(.one, nil), "batchlimit": .foreign(.one, nil), "fetchsizelimit": .foreign(.one, nil),
        "expunge": .foreign(.one, nil), "properties": .foreign(.one, nil), "bad-header": .foreign(.one, nil),
        "badheader": .foreign(.one, nil), "plugout": .foreign(.one, nil), "smtphost": .foreign(.list, nil),
        "smtp": .foreign(.list, nil), "smtpaddress": .foreign(.one, nil), "smtpname": .foreign(.one, nil),
        "antispam": .foreign(.list, nil), "esmtpname": .foreign(.one, nil), "esmtppassword": .foreign(.one, nil),
        "lmtp": .foreign(.none, nil),
        "mda": .foreign(.one, locally), "bsmtp": .foreign(.one, locally),
        "aka": .foreign(.list, multidrop), "local": .foreign(.list, multidrop),
        "localdomains": .foreign(.list, multidrop), "envelope": .foreign(.one, multidrop),
        "qvirtual": .foreign(.one, multidrop), "fetchdomains": .foreign(.list, multidrop),
        "interface": .foreign(.one, "mailcask asks for no interface; source-address is near it"),
        "monitor": .foreign(.one, "mailcask runs when it is started"),
        "interval": .foreign(.one, "mailcask runs when it is started: see the timer of systemd in mailcask(1)"),
        "principal": .foreign(.one, "with auth = \"gssapi\" the ticket says who logs in"),
        "folder": .foreign(.list, "POP3 has no folders"), "mailbox": .foreign(.list, "POP3 has no folders"),
        "preconnect": .foreign(.one, "start what it does before mailcask, or see tunnel-command"),
        "postconnect": .foreign(.one, "start what it does behind mailcask"),
        "limit": .foreign(.one, "mailcask fetches messages of every size"),
        "fetchlimit": .foreign(.one, "mailcask fetches all"),
        "flush": .foreign(.none, "mailcask deletes no message that it has not archived"),
        "limitflush": .foreign(.none, "mailcask deletes no message that it has not archived"),
        "sslcert": .sslCert, "sslkey": .sslKey, "sslcommonname": .sslCommonName,
        "sslcertpath": .foreign(.one, "write the certificates into one file and name it with ca-file"),
        "sslfingerprint": .foreign(.one, "tls-pin is another one, of the key: `mailcask check` shows it"),
        "passwordfd": .foreign(.one, "give the password by password-file or password-command"),
    ]
}
