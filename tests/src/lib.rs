//! What the tests stand on: a real server, actors that speak HTTP, builders.
