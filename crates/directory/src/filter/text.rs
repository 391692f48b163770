//! Comparisons of one text.

use scim::filter::Operator;

use crate::Condition;

/// Compares the text that `expression` writes; true for `ne` where it is null. What LIKE would look for from every
/// place anew, in a text of any length, is looked for by functions that do not.
pub fn compare(
    sql: &mut Condition,
    operator: Operator,
    operand: &str,
    expression: impl Fn(&mut Condition),
) {
    match operator {
        Operator::Co => {
            sql.raw("(strpos(");
            expression(sql);
            sql.raw(", ").bind_text(operand).raw(") > 0)");
        }
        Operator::Ew => {
            sql.raw("(right(");
            expression(sql);
            sql.raw(", length(").bind_text(operand).raw(")) = ");
            sql.bind_text(operand).raw(")");
        }
        _ => compare_indexed(sql, operator, operand, expression),
    }
}

/// The same of a short text with an index of trigrams, which serves LIKE alone.
pub fn compare_indexed(
    sql: &mut Condition,
    operator: Operator,
    operand: &str,
    expression: impl Fn(&mut Condition),
) {
    sql.raw("(");
    expression(sql);
    sql.raw(symbol(operator));
    sql.bind_text(match operator {
        Operator::Co => format!("%{}%", escape(operand)),
        Operator::Sw => format!("{}%", escape(operand)),
        Operator::Ew => format!("%{}", escape(operand)),
        _ => operand.to_owned(),
    });
    sql.raw(")");
}

/// The operator in SQL; true for `ne` where a side is null.
pub fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Eq => " = ",
        Operator::Ne => " IS DISTINCT FROM ",
        Operator::Co | Operator::Sw | Operator::Ew => " LIKE ",
        Operator::Gt => " > ",
        Operator::Ge => " >= ",
        Operator::Lt => " < ",
        Operator::Le => " <= ",
    }
}

/// The wildcards of LIKE made ordinary characters (R-FILTER-29).
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
