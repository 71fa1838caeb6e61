//! The harness's reader of HTTP/1.1. The first byte says in which pieces the rest arrives, and from
//! 0xf0 that each byte 0xff of it is to be long.
#![no_main]

use btx_fuzz::{Pieces, run};
use btx_harness::wire::{
    Fields, ReadError, Request, Response, Wire,
    reader::{MAX_BODY, MAX_HEAD},
};
use libfuzzer_sys::fuzz_target;

/// What a byte 0xff stands for in a long message; a few of them exceed every bound.
const LONG: usize = 70_000;
/// How many of them do.
const MOST_LONG: usize = 18;
/// More fields than these leave no room for one that is added.
const FIELDS: usize = 100;

fuzz_target!(|data: &[u8]| {
    let Some((mode, bytes)) = data.split_first() else {
        return;
    };
    let bytes = if *mode >= 0xf0 {
        lengthened(bytes)
    } else {
        bytes.to_vec()
    };
    let request = read_request(&bytes, 0);
    assert_eq!(
        request,
        read_request(&bytes, *mode),
        "a request depends on its pieces"
    );
    if let Ok(request) = request {
        assert!(request.body.len() <= MAX_BODY);
        check_length(&request.fields);
    }
    for method in ["GET", "HEAD"] {
        let response = read_response(&bytes, method, 0);
        assert_eq!(
            response,
            read_response(&bytes, method, *mode),
            "a response depends on its pieces"
        );
        let Ok(response) = response else { continue };
        assert!(response.status >= 200, "an interim response is no answer");
        assert!(response.body.len() <= MAX_BODY);
        if method == "GET" {
            check_length(&response.fields);
            check_written(response);
        } else {
            assert!(response.body.is_empty(), "an answer to HEAD has no body");
        }
    }
});

fn lengthened(bytes: &[u8]) -> Vec<u8> {
    let mut long = Vec::new();
    let mut left = MOST_LONG;
    for byte in bytes {
        if *byte == 0xff && left > 0 {
            left -= 1;
            long.resize(long.len() + LONG, b'x');
        } else {
            long.push(*byte);
        }
    }
    long
}

fn read_request(bytes: &[u8], pieces: u8) -> Result<Request, ReadError> {
    run(Wire::new(Pieces::new(bytes, pieces)).read_request())
}

fn read_response(bytes: &[u8], method: &str, pieces: u8) -> Result<Response, ReadError> {
    run(Wire::new(Pieces::new(bytes, pieces)).read_response(method))
}

/// A length that was believed is a number of digits.
fn check_length(fields: &Fields) {
    if fields.lists("transfer-encoding", "chunked") {
        return;
    }
    for length in fields.all("content-length") {
        assert!(length.bytes().all(|b| b.is_ascii_digit()), "{length:?}");
    }
}

/// What was read says the same when it is written and read again.
fn check_written(mut response: Response) {
    response.fields.remove("transfer-encoding");
    let Response {
        status,
        fields,
        body,
    } = response;
    let written = Response::new(status, fields, &body);
    if written.head().len() > MAX_HEAD || written.fields.iter().count() > FIELDS {
        return;
    }
    assert_eq!(read_response(&written.to_bytes(), "GET", 0), Ok(written));
}
