-- attack: show text in another order than it has
-- expect: invisible
-- code: 1

print("user \u{202E}nimda\u{202C} \u{2066}x\u{2069} \u{200F}\u{E0041}")
_ENV["\u{202E}name"] = 1
error("invisible \u{202E}characters")
