//! The answer of a server to the offer of an old version of TLS. The first byte says in which pieces it comes.
#![no_main]

use btx_fuzz::{Pieces, run};
use btx_harness::tls_probe::{Handshake, Version, offer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((pieces, answer)) = data.split_first() else {
        return;
    };
    for version in [Version::Tls10, Version::Tls11] {
        let made = run(offer(Pieces::new(answer, *pieces), version, "farm.example"));
        // A record of the type handshake, and in it a message of the type ServerHello.
        let goes_on = answer.len() >= 6 && answer[0] == 22 && answer[5] == 2;
        assert_eq!(made == Handshake::GoesOn, goes_on, "{made:?}");
    }
});
