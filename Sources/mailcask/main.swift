import Commands

await Mailcask.start()
