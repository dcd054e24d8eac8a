// Kerberos by the GSS-API of MIT (RFC 2744). What it offers only as a variable or a cast is wrapped once here.
#pragma once
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>

/// The type of names such as `pop@host` (RFC 2743, section 4.1).
static inline gss_OID mc_hostbased_service(void) { return GSS_C_NT_HOSTBASED_SERVICE; }

/// Kerberos 5 (RFC 4121).
static inline gss_OID mc_kerberos(void) { return (gss_OID)gss_mech_krb5; }

/// Whether a call has failed.
static inline int mc_gss_failed(OM_uint32 status) { return GSS_ERROR(status) != 0; }
