/// Transport promises an authenticated byte stream with deadlines: names are looked up, addresses are raced
/// (RFC 8305), TLS is verified, and every failure is explained in words an administrator can act on.
package enum Transport {}
