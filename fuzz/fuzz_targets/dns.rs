//! The lab's name server: datagrams of whoever reaches its port.
#![no_main]

use btx_harness::lab::names::Names;
use hickory_proto::op::{Message, MessageType};
use libfuzzer_sys::fuzz_target;
use std::net::IpAddr;

const NAME: &str = "n1.harness.test";

fuzz_target!(|datagram: &[u8]| {
    let names = Names::default();
    let leads: [IpAddr; 2] = [[127, 0, 1, 1].into(), IpAddr::V6(1.into())];
    names.lead(NAME, vec![leads.to_vec()]);
    let Some(reply) = names.reply(datagram) else {
        assert_eq!(
            names.asked(NAME),
            0,
            "a question that has no answer was counted"
        );
        return;
    };
    let question = Message::from_vec(datagram).unwrap();
    let answer = Message::from_vec(&reply).unwrap();
    assert_eq!(answer.metadata.id, question.metadata.id);
    assert_eq!(answer.metadata.message_type, MessageType::Response);
    for record in &answer.answers {
        assert_eq!(record.ttl, 0, "an answer is not to be kept");
        let address = record.data.ip_addr().unwrap();
        assert!(leads.contains(&address), "{address}");
    }
    assert_eq!(names.asked(NAME) > 0, !answer.answers.is_empty());
    assert_eq!(
        names.reply(&reply),
        None,
        "two servers would answer each other for ever"
    );
});
