mod across;
mod agree;
mod evaluate;
mod meaning;
mod parse;
mod print;
mod reject;
mod tree;
