"""The embedded sandbox: the API's behaviour on a loopback socket."""
