//! Chapters and vectors are embedded. A changed file is noticed by the embedding itself,
//! a new one only through these lines.

fn main() {
    println!("cargo::rerun-if-changed=text");
    println!("cargo::rerun-if-changed=vectors");
}
