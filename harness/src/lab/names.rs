//! The lab's name server: it leads the names of peers wherever a scenario wants, and remembers who asked.
//!
//! It speaks DNS over UDP on a port of its own. Every answer has a lifetime of zero, so that the next
//! connection asks again.

use hickory_proto::{
    op::{Message, MessageType, OpCode, ResponseCode},
    rr::{
        RData, Record, RecordType,
        rdata::{A, AAAA},
    },
};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::net::UdpSocket;

/// The largest question that is read, in bytes: more than any question of RFC 1035 has.
const LARGEST_QUESTION: usize = 1232;

/// Where a name leads: the addresses of each answer in turn, and those of the last one from then on.
pub type Leads = Vec<Vec<IpAddr>>;

/// The names of the lab; clones are the same names.
#[derive(Debug, Clone, Default)]
pub struct Names {
    zone: Arc<Mutex<HashMap<String, Entry>>>,
}

#[derive(Debug, Default)]
struct Entry {
    leads: Leads,
    /// How often was asked for IPv4 addresses since the name was led there.
    asked_4: usize,
    /// How often for IPv6 addresses.
    asked_6: usize,
}

impl Names {
    /// Lets a name lead there from now on, and begins to count anew.
    pub fn lead(&self, name: &str, leads: Leads) {
        let entry = Entry {
            leads,
            ..Entry::default()
        };
        self.zone().insert(name.to_ascii_lowercase(), entry);
    }

    /// How often was asked for addresses of that name since it was led somewhere.
    #[must_use]
    pub fn asked(&self, name: &str) -> usize {
        let zone = self.zone();
        let entry = zone.get(&name.to_ascii_lowercase());
        entry.map_or(0, |e| e.asked_4 + e.asked_6)
    }

    /// Answers questions until the task is ended.
    pub(super) async fn serve(self, socket: UdpSocket) {
        let mut buffer = [0; LARGEST_QUESTION];
        loop {
            let Ok((size, from)) = socket.recv_from(&mut buffer).await else {
                // A datagram that cannot be received is a matter of whoever sent it.
                tokio::task::yield_now().await;
                continue;
            };
            if let Some(answer) = buffer.get(..size).and_then(|b| self.reply(b)) {
                let _ = socket.send_to(&answer, from).await;
            }
        }
    }

    /// The datagram that answers a datagram; none answers what is no question.
    #[must_use]
    pub fn reply(&self, datagram: &[u8]) -> Option<Vec<u8>> {
        let question = Message::from_vec(datagram).ok()?;
        self.answer(&question)?.to_vec().ok()
    }

    /// The answer to a question; none to what is no question.
    fn answer(&self, question: &Message) -> Option<Message> {
        if question.metadata.message_type != MessageType::Query {
            return None;
        }
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.recursion_desired = question.metadata.recursion_desired;
        answer.metadata.recursion_available = true;
        answer.metadata.authoritative = true;
        let (OpCode::Query, [query]) = (question.metadata.op_code, question.queries.as_slice())
        else {
            answer.metadata.response_code = ResponseCode::NotImp;
            return Some(answer);
        };
        answer.add_query(query.clone());
        let name = query.name().to_ascii();
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        match self.addresses(&name, query.query_type()) {
            None => answer.metadata.response_code = ResponseCode::NXDomain,
            Some(addresses) => {
                for address in addresses {
                    let data = match address {
                        IpAddr::V4(address) => RData::A(A(address)),
                        IpAddr::V6(address) => RData::AAAA(AAAA(address)),
                    };
                    answer.add_answer(Record::from_rdata(query.name().clone(), 0, data));
                }
            }
        }
        Some(answer)
    }

    /// The addresses of a name that are of the wanted kind; nothing if the lab does not know the name.
    fn addresses(&self, name: &str, kind: RecordType) -> Option<Vec<IpAddr>> {
        let mut zone = self.zone();
        let entry = zone.get_mut(name)?;
        let turn = match kind {
            RecordType::A => &mut entry.asked_4,
            RecordType::AAAA => &mut entry.asked_6,
            _ => return Some(Vec::new()),
        };
        let leads = entry.leads.get(*turn).or(entry.leads.last());
        *turn += 1;
        let wanted = |address: &IpAddr| address.is_ipv4() == (kind == RecordType::A);
        Some(
            leads
                .into_iter()
                .flatten()
                .copied()
                .filter(wanted)
                .collect(),
        )
    }

    fn zone(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.zone.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::{op::Query, rr::Name};

    fn ask(names: &Names, name: &str, kind: RecordType) -> (ResponseCode, Vec<IpAddr>) {
        let mut question = Message::query();
        question.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
        let bytes = names.answer(&question).unwrap().to_vec().unwrap();
        let answer = Message::from_vec(&bytes).unwrap();
        let addresses = answer.answers.iter().filter_map(|r| r.data.ip_addr());
        assert!(answer.answers.iter().all(|r| r.ttl == 0));
        (answer.metadata.response_code, addresses.collect())
    }

    #[test]
    fn a_name_leads_elsewhere_from_the_second_question_on() {
        let names = Names::default();
        let (public, canary): (IpAddr, IpAddr) =
            ("127.0.1.1".parse().unwrap(), "127.0.2.1".parse().unwrap());
        names.lead("N1.harness.test", vec![vec![public], vec![canary]]);
        let answers = [(); 3].map(|()| ask(&names, "n1.HARNESS.test.", RecordType::A).1);
        assert_eq!(answers, [vec![public], vec![canary], vec![canary]]);
        assert_eq!(names.asked("n1.harness.test"), 3);
        names.lead("n1.harness.test", vec![vec![canary]]);
        assert_eq!(names.asked("n1.harness.test"), 0);
    }

    #[test]
    fn an_answer_has_addresses_of_the_kind_that_was_asked_for() {
        let names = Names::default();
        let both: Vec<IpAddr> = ["127.0.1.1", "::1"].map(|a| a.parse().unwrap()).to_vec();
        names.lead("n1.harness.test", vec![both.clone()]);
        let ask = |kind| ask(&names, "n1.harness.test", kind);
        assert_eq!(ask(RecordType::A), (ResponseCode::NoError, vec![both[0]]));
        assert_eq!(
            ask(RecordType::AAAA),
            (ResponseCode::NoError, vec![both[1]])
        );
        assert_eq!(ask(RecordType::TXT), (ResponseCode::NoError, Vec::new()));
    }

    #[test]
    fn what_is_not_known_does_not_exist_and_what_is_no_question_has_no_answer() {
        let names = Names::default();
        let unknown = ask(&names, "www.example", RecordType::A);
        assert_eq!(unknown, (ResponseCode::NXDomain, Vec::new()));
        assert!(names.answer(&Message::response(1, OpCode::Query)).is_none());
    }
}
