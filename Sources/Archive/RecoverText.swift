/// What every archive says about itself to people who have only tar, cat and sha256sum. A test follows it to the letter.
package enum RecoverText {
    package static let text = """
        This is a mailcask archive, format \(ArchiveLayout.formatVersion).

        It holds mail, byte for byte as the server sent it. You need no mailcask to get it back: every volume is an
        ordinary tar.gz file.

        1. Check the volumes that are complete. The newest one may still be open and is then not listed; while it is
           the only one, there is no list yet.

               [ ! -e manifest-sha256.txt ] || sha256sum -c manifest-sha256.txt

        2. Unpack all volumes, oldest first, into one empty folder:

               mkdir restored
               for v in volumes/*.tar.gz; do tar -xzf "$v" -C restored; done

           A newest volume that was cut off by a crash ends with a tar or gzip error. What was unpacked before it is
           whole; mailcask itself would cut the broken end off. A message that is missing or called FAILED below
           is then one that was on its way: it is still on its server.

        3. Now there is a folder for each account. A message is either a file ID.eml, whole, or a list ID.parts of the
           files it is made of, one a line, in order. ID is the SHA-256 of the message. To make every message a file:

               cd restored
               for list in mail/*/*.parts; do
                   [ -e "$list" ] || continue
                   xargs cat < "$list" > "${list%.parts}.eml"
               done

        4. Check every message against its name:

               for m in mail/*/*.eml; do
                   [ -e "$m" ] || continue
                   id=${m##*/}
                   echo "${id%.eml}  $m"
               done | sha256sum -c --quiet

        Where there is a folder mbox, the mail lies there instead, ready to use: mbox/ACCOUNT/*.mbox.gz are mboxrd files.
        `zcat mbox/ACCOUNT/*.mbox.gz` is a mailbox that any mail program reads; lines that begin with one or more `>`
        and then `From ` have one `>` more than the message had.

        Where there is a folder damaged, `mailcask repair` has moved damaged files there, and written what was whole in
        them into later volumes, which may so have a file again: the later one counts. It is not needed.

        The files runs/RUN/NNNN.jsonl in the volumes tell, a line for each message, which account and which unique-id of
        the server it had. catalog.sqlite is an index and can be thrown away: `mailcask reindex` makes it anew.

        """
}
