/// Platform promises that files, fsync, threads, clocks and signals are touched here and nowhere else, each behind a
/// thin function in which a test can inject a fault. It knows nothing of mail.
package enum Platform {}
