/// What POP3 servers in the field do, each played by a simulated server, and what mailcask answers.
///
/// The same rows stand in mailcask-servers(7), with the names of these tests.
enum QuirkTests {}
