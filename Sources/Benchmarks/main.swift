await BenchmarkCommand.start()
