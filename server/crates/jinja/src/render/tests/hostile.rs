//! Templates that want to hang, to overflow the stack or to eat the memory: each ends with a text or with an error.

use std::sync::Arc;

use expect_test::expect;

use super::{RenderHost, TestHost, check, rendered};

#[test]
fn a_list_in_itself_is_sorted_and_counted() {
    check(
        "",
        "{% set l = [[1]] %}{% do l.append(l) %}{% do l.sort() %}{{ l | length }} {{ l.count([1]) }}",
        &expect!["2 1"],
    );
}

#[test]
fn what_can_change_is_no_key() {
    check(
        "",
        "{% set d = {'a': 1, 'b': 2} %}{{ d.get(d) }}",
        &expect![[r#"
            Compilation jinja-render: unhashable type: 'dict'
              in model.root.m: .get(d)"#]],
    );
    check(
        "",
        "{% set d = {'a': 1, 'b': 2} %}{{ d[d] is defined }} {{ d in d }}",
        &expect!["False False"],
    );
    check(
        "",
        "{% set d = {'a': 1, 'b': 2} %}{% do d.update({d: 1}) %}",
        &expect![[r#"
            Compilation jinja-render: unhashable type: 'dict'
              in model.root.m: {d: 1}"#]],
    );
    check(
        "",
        "{% set d = {'a': 1, 'b': 2} %}{% do d.setdefault((d, 1), 1) %}",
        &expect![[r#"
            Compilation jinja-render: unhashable type: 'dict'
              in model.root.m: .setdefault((d, 1), 1)"#]],
    );
    check(
        "",
        "{% set l = [] %}{% do l.append(l) %}{{ {l: 1} }}",
        &expect![[r#"
            Compilation jinja-render: unhashable type: 'list'
              in model.root.m: {l: 1}"#]],
    );
}

#[test]
fn what_can_change_is_in_no_set() {
    check(
        "",
        "{% set s = set(['a', 'b']) %}{% do s.add(s) %}",
        &expect![[r#"
            Compilation jinja-render: unhashable type: 'set'
              in model.root.m: .add(s)"#]],
    );
    check(
        "",
        "{% set l = [] %}{% do l.append(l) %}{{ set(l) }} {{ set([(1, 2)]) }}",
        &expect!["None {(1, 2)}"],
    );
}

#[test]
fn comparing_containers_in_a_circle_ends() {
    check(
        "",
        "{% set l = [] %}{% set m = [] %}{% do l.append(m) %}{% do m.append(l) %}{{ l == m }} {{ l < m }}",
        &expect!["True False"],
    );
    check(
        "",
        "{% set d = {} %}{% set e = {} %}{% do d.update({'x': e}) %}{% do e.update({'x': d}) %}{{ d == e }}",
        &expect!["True"],
    );
}

#[test]
fn comparing_lists_that_share_lists_ends() {
    check(
        "",
        "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        &expect!["True"],
    );
}

#[test]
fn deep_lists_and_dicts_are_dropped() {
    check(
        "",
        "{% set ns = namespace(x=[]) %}{% for i in range(20000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | length }}",
        &expect!["1"],
    );
    check(
        "",
        "{% set ns = namespace(x={}) %}{% for i in range(20000) %}{% set ns.x = {'a': ns.x} %}{% endfor %}{{ ns.x | length }}",
        &expect!["1"],
    );
}

#[test]
fn texts_that_are_too_large_are_not_made() {
    check(
        "",
        "{{ 'a'.ljust(100000, 'x' * 1000000) }}",
        &expect![[r#"
        Compilation jinja-render: the fill character must be exactly one character long
          in model.root.m: .ljust(100000, 'x' * 1000000)"#]],
    );
    check(
        "",
        "{{ '{:>1000000000000}'.format(1) }}",
        &expect![[r#"
        Limit render-limit: stopped after 10000000 steps; is there a loop without end, or a text without measure?
          in model.root.m: .format(1)"#]],
    );
    check(
        "",
        "{% set x = 'a' * 1000000 %}{{ x.replace('a', x) }}",
        &expect![[r#"
            Limit render-limit: stopped after 10000000 steps; is there a loop without end, or a text without measure?
              in model.root.m: .replace('a', x)"#]],
    );
    check(
        "",
        "{{ modules.re.sub('', 'y' * 10000000, 'x' * 100) }}",
        &expect![[r#"
            Limit render-limit: stopped after 10000000 steps; is there a loop without end, or a text without measure?
              in model.root.m: .sub('', 'y' * 10000000, 'x' * 100)"#]],
    );
    check(
        "",
        "{{ 'x' * 10000000000 }}",
        &expect![[r#"
        Limit render-limit: stopped after 10000000 steps; is there a loop without end, or a text without measure?
          in model.root.m: 'x' * 10000000000"#]],
    );
    check(
        "",
        "{% set x = 'a' * 1000000 %}{{ x.join(range(90000)) }}",
        &expect![[r#"
            Limit render-limit: stopped after 10000000 steps; is there a loop without end, or a text without measure?
              in model.root.m: .join(range(90000))"#]],
    );
}

#[test]
fn lists_that_are_too_long_are_not_made() {
    check(
        "",
        "{{ [1, 2] | slice(10000000000) }}",
        &expect![[r#"
        Limit render-limit: stopped after 10000000 steps; is there a loop without end, or a text without measure?
          in model.root.m: slice(10000000000)"#]],
    );
    check(
        "",
        "{{ [1, 2] | batch(10000000000, 'x') }}",
        &expect![[r#"
        Limit render-limit: stopped after 10000000 steps; is there a loop without end, or a text without measure?
          in model.root.m: batch(10000000000, 'x')"#]],
    );
    check(
        "",
        "{{ modules.itertools.product([1, 2, 3, 4, 5, 6, 7, 8, 9], repeat=30) }}",
        &expect![[r#"
            Limit render-limit: stopped after 10000000 steps; is there a loop without end, or a text without measure?
              in model.root.m: .product([1, 2, 3, 4, 5, 6, 7, 8, 9], repeat=30)"#]],
    );
}

#[test]
fn times_beyond_the_calendar_are_errors() {
    check(
        "",
        "{{ modules.datetime.datetime.fromtimestamp(10000000000000.0) }}",
        &expect![[r#"
            Compilation jinja-render: timestamp out of range
              in model.root.m: .fromtimestamp(10000000000000.0)"#]],
    );
    check(
        "",
        "{{ modules.datetime.datetime.fromtimestamp(1e300) }}",
        &expect![[r#"
            Compilation jinja-render: timestamp out of range
              in model.root.m: .fromtimestamp(1e300)"#]],
    );
    check(
        "",
        "{{ modules.datetime.datetime(9999, 12, 31) + modules.datetime.timedelta(days=95000000) }}",
        &expect![[r#"
            Compilation jinja-render: date value out of range
              in model.root.m: modules.datetime.datetime(9999, 12, 31) + modules.datetime.timedelta(days=95000000)"#]],
    );
}

#[test]
fn chains_without_end_never_reach_the_engine() {
    let long = |before: &str, link: &str, after: &str| {
        let host: Arc<dyn RenderHost> = Arc::new(TestHost::default());
        let of_links = |n: usize| rendered(&host, &[before, &link.repeat(n), after].concat());
        // As long as may be: the engine has to survive it.
        of_links(1_000);
        of_links(20_000)
            .error
            .map_or_else(|| "no error".to_owned(), |error| error.message)
    };
    let outcomes = [
        long("{{ a", ".b", " }}"),
        long("{{ a", "[0]", " }}"),
        long("{{ a", "|upper", " }}"),
        long("{{ a", " is defined", " }}"),
        long("{{ a", " ~ a", " }}"),
        long("{{ a", " == a", " }}"),
        long("{{ ", "not ", "a }}"),
        long("{{ ", "-", "a }}"),
        long("{{ ", "a if b else ", "c }}"),
        long("{{ a", "()", " }}"),
        long("{% if a %}", "{% elif b %}", "{% endif %}"),
        long("{% macro m() %}{{ a", ".b", " }}{% endmacro %}{{ m() }}"),
    ];
    expect![[r#"
        expression is too long; give parts of it names with `set`
        expression is too long; give parts of it names with `set`
        expression is too long; give parts of it names with `set`
        expression is too long; give parts of it names with `set`
        expression is too long; give parts of it names with `set`
        expression is too long; give parts of it names with `set`
        expression is too long; give parts of it names with `set`
        expression is nested too deeply
        expression is nested too deeply
        expression is too long; give parts of it names with `set`
        there are too many `elif`
        expression is too long; give parts of it names with `set`"#]]
    .assert_eq(&outcomes.join("\n"));
}

#[test]
fn lists_that_share_lists_become_json_in_time() {
    check(
        "",
        "{% set l = [] %}{% do l.append(l) %}{% do l.append(l) %}{{ tojson(l) | length > 0 }}",
        &expect!["True"],
    );
}

#[test]
fn nothing_repeated_is_nothing() {
    check(
        "",
        "{{ [] * 1000000000000 }}{{ '' * 1000000000000 }}{{ [1] * -1 }} {{ () * 1000000000000 }}",
        &expect!["[][] ()"],
    );
    check(
        "",
        "{{ [1] * 1000000000000 }}",
        &expect![[r#"
        Limit render-limit: stopped after 10000000 steps; is there a loop without end, or a text without measure?
          in model.root.m: [1] * 1000000000000"#]],
    );
}

#[test]
fn numbers_that_are_too_large_are_said_to_be() {
    check(
        "",
        "{% set n = 2 ** 100 %}{{ n * n }}",
        &expect![[r#"
        Compilation jinja-render: 1267650600228229401496703205376 * 1267650600228229401496703205376 is too large: integers have 128 bits here
          in model.root.m: n * n"#]],
    );
    check(
        "",
        "{% set n = 2 %}{{ n ** 200 }}",
        &expect![[r#"
        Compilation jinja-render: 2 ** 200 is too large: integers have 128 bits here
          in model.root.m: n ** 200"#]],
    );
    check(
        "",
        "{{ nope * 2 }}",
        &expect![[r#"
        Compilation undefined-name: `nope` is undefined; is it a macro that does not exist, or a package that is not installed?
          in model.root.m: nope * 2"#]],
    );
}
