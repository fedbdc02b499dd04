//! What each type of value accepts, and what is said of the rest.

use super::super::testing::{cases, check, good, wrong};

/// One setting of one section.
fn setting(path: &str, value: &str) -> String {
    match path.rsplit_once('.') {
        Some((section, key)) => format!("[{section}]\n{key} = {value}\n"),
        None => format!("\n{path} = {value}\n"),
    }
}

/// Checks values that are refused with the range and an example: each line has a key, a value, and what must be said.
#[track_caller]
fn out_of_range(table: &str) {
    for (assignment, rules) in cases(table) {
        let (path, value) = assignment.split_once('=').unwrap();
        let (path, value) = (path.trim(), value.trim());
        let fragments = ["my.toml:2:", path, value, rules[0], "such as"];
        check(&setting(path, value), &[], &fragments);
    }
}

#[test]
fn a_whole_number_out_of_range_is_refused_with_the_range() {
    out_of_range(
        r#"
        seeds             = 0          => from 1 to
        seeds             = 1000001    => from 1 to 1000000
        training.epochs   = 4294967296 => from 1 to 4294967295
        first_seed        = -1         => from 0 to
        first_seed        = 99999999999999999999999999999999999999999999 => from 0 to
        data.train        = 0          => from 1 to 2147483647
        data.validation   = 0          => from 1 to 2147483647
        data.test         = 2147483648 => from 1 to 2147483647
        data.seed         = -5         => from 0 to 9223372036854775807
        training.batch    = 0          => from 1 to
        training.epochs   = 0          => from 1 to
        training.patience = 0          => from 1 to
        pruning.levels    = -1         => from 0 to
        pruning.target    = 0          => from 1 to
        training.epochs   = 30.0       => whole number
        training.epochs   = "30"       => whole number
        training.epochs   = true       => whole number
        training.epochs   = [30]       => whole number
        training.epochs   = { a = 1 }  => whole number
        training.epochs   = 2024-01-01 => whole number
        "#,
    );
}

#[test]
fn a_number_out_of_range_is_refused_with_the_range() {
    out_of_range(
        r#"
        training.rate         = 0.0    => above 0
        training.rate         = -0.1   => above 0
        training.rate         = 1e-60  => above 0
        training.momentum     = 1.0    => below 1
        training.momentum     = -0.1   => at least 0
        training.weight_decay = -1e-4  => at least 0
        pruning.rate          = 0      => above 0 and below 1
        pruning.rate          = 1      => above 0 and below 1
        solved                = 0      => above 0 and at most 1
        solved                = 1.01   => above 0 and at most 1
        solved                = "most" => above 0 and at most 1
        training.rate         = "fast" => a number
        training.rate         = false  => a number
        "#,
    );
}

#[test]
fn a_number_that_is_not_finite_is_refused() {
    for value in ["inf", "-inf", "nan", "+nan", "1e39", "1e999"] {
        wrong(&format!(
            "[training] / rate = {value} => my.toml:2:8 | {value} | finite"
        ));
        let noise = "[[data.task]] / kind = \"moons\" / noise =";
        wrong(&format!(
            "{noise} {value} => data.task.moons.noise | {value} | finite"
        ));
    }
    wrong("[pruning] / rate = nan => finite");
}

#[test]
fn a_setting_of_a_task_out_of_range_is_refused() {
    wrong(
        r#"
        [[data.task]] / kind = "moons" / noise = -0.1     => my.toml:3:9 | noise is -0.1 | at least 0
        [[data.task]] / kind = "circles" / factor = 0.0   => my.toml:3:10 | factor is 0.0 | above 0 and below 1
        [[data.task]] / kind = "circles" / factor = 1     => my.toml:3:10 | factor is 1 | above 0 and below 1
        [[data.task]] / kind = "blobs" / classes = 1      => my.toml:3:11 | classes is 1 | from 2 to 1024
        [[data.task]] / kind = "spirals" / classes = 1025 => my.toml:3:11 | classes is 1025 | from 2 to 1024
        [[data.task]] / kind = "spirals" / turns = 0      => my.toml:3:9 | turns is 0 | above 0
        [[data.task]] / kind = "csv" / path = 5           => my.toml:3:8 | path is 5 | text in quotes
        [[data.task]] / kind = "csv" / path = ""          => my.toml:3:8 | path is "" | text in quotes
        [[data.task]] / kind = "moons" / name = ""        => my.toml:3:8 | name is "" | text in quotes
        [[data.task]] / kind = "moons" / name = "a b"     => my.toml:3:8 | name is "a b" | letters, digits
        [[data.task]] / kind = "moons" / name = "a,b"     => my.toml:3:8 | name is "a,b" | letters, digits
        [[data.task]] / kind = "moons" / name = "mönd"    => my.toml:3:8 | name is "mönd" | letters, digits
        "#,
    );
}

#[test]
fn the_ends_of_the_ranges_are_allowed() {
    let text = "seeds = 1\nfirst_seed = 9223372036854775806\nsolved = 1\n[data]\ntrain = 1\nvalidation = 1\ntest = 2147483647\n\
                [[data.task]]\nkind = \"blobs\"\nclasses = 1024\nnoise = 0\n\
                [training]\nmomentum = 0.0\nbatch = 0x1F\nepochs = 1\npatience = 1\nweight_decay = -0.0\n\
                [pruning]\nlevels = 0\ntarget = 1\n[network]\nhidden = []\n";
    let experiment = good(text, &[]);
    assert_eq!(experiment.first_seed, 9_223_372_036_854_775_806);
    assert_eq!(experiment.solved, 1.0);
    assert_eq!(experiment.training.weight_decay.to_bits(), 0);
    assert_eq!(experiment.training.batch, 31);
}

#[test]
fn a_name_that_is_no_directory_is_refused() {
    for name in ["\"../up\"", "\"a/b\"", "\"a b\"", "\".\"", "\"a\\nb\"", "\"\""] {
        wrong(&format!("name = {name} => my.toml:1:8 | name is"));
    }
    check(&format!("name = \"{}\"", "a".repeat(101)), &[], &["at most 100"]);
}

#[test]
fn an_unknown_word_is_refused_with_the_known_and_the_nearest() {
    wrong(
        r#"
        [training] / optimizer = "sdg"    => my.toml:2:13 | "sgd", "adam" | did you mean "sgd"?
        [data] / normalize = "minmax"     => "standard", "min-max", "none" | "min-max"?
        [[data.task]] / kind = "moon" / kind2 = 1 => "circles" | did you mean "moons"?
        keep = "name"                     => my.toml:1:8 | "named", "imp", "all" | did you mean "named"?
        measure = "ful"                   => my.toml:1:11 | "basic", "full" | did you mean "full"?
        keep = true                       => keep is true | "named", "imp", "all"
        [pruning] / rewind = "inital"     => "initial", "none" | { epoch = 5 } | "initial"?
        [training] / optimizer = 3        => is 3 | "sgd", "adam"
        [pruning] / rewind = 5            => is 5 | { epoch = 5 }
        "#,
    );
}

#[test]
fn a_section_that_is_no_section_is_refused() {
    wrong(
        r#"
        training = 5                    => my.toml:1:12 | write [training]
        [[training]] / rate = 0.1       => training | write [training]
        [data.task] / kind = "moons"    => write [[data.task]]
        [data] / task = [5]             => my.toml:2:9 | is 5 | [[data.task]]
        "#,
    );
}
