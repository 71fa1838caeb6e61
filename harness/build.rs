//! Rebuilds the binary when a feature file is added: `include_dir!` alone notices changed files only.

fn main() {
    println!("cargo:rerun-if-changed=../features");
}
