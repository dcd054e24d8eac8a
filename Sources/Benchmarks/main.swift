BenchmarkCommand.start()
