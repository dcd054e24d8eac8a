package enum Commands { package static func main() {} }
