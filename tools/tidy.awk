# Numbers of STYLE.md over C files that are formatted (a function's opening and closing braces stand
# in column 1). Comments and text are taken out first, so that words in them are not calls.
function bad(line, words) { printf "%s:%d: %s\n", FILENAME, line, words; failed = 1 }

function strip(text,   out) {
    out = ""
    while (length(text)) {
        if (in_comment) {
            if (!match(text, /\*\//)) return out
            text = substr(text, RSTART + 2)
            in_comment = 0
        } else if (match(text, /^[^"'\/]+/)) {
            out = out substr(text, 1, RLENGTH)
            text = substr(text, RLENGTH + 1)
        } else if (substr(text, 1, 2) == "/*") {
            in_comment = 1
            text = substr(text, 3)
        } else if (substr(text, 1, 2) == "//") {
            return out
        } else if (match(text, /^"([^"\\]|\\.)*"/) || match(text, /^'([^'\\]|\\.)*'/)) {
            out = out "\"\""
            text = substr(text, RLENGTH + 1)
        } else {
            out = out substr(text, 1, 1)
            text = substr(text, 2)
        }
    }
    return out
}

# Commas at the outer level of a parameter list.
function parameters(head,   i, c, depth, n, list) {
    if (!match(head, /\(/)) return 0
    list = substr(head, RSTART)
    depth = 0
    n = 1
    for (i = 1; i <= length(list); i++) {
        c = substr(list, i, 1)
        if (c == "(" || c == "[") depth++
        else if (c == ")" || c == "]") { if (--depth == 0) break }
        else if (c == "," && depth == 1) n++
    }
    return n
}

FNR == 1 {
    if (last_file != "" && last_line > 700) { printf "%s:%d: file of more than 700 lines\n", last_file, last_line; failed = 1 }
    in_comment = in_function = 0
    head = ""
}
{ last_file = FILENAME; last_line = FNR; seen++ }
{
    width = $0
    gsub(/[\200-\277]/, "", width) # bytes that continue a UTF-8 character
    if (length(width) > 100) bad(FNR, "line of " length(width) " columns, at most 100")
    if ($0 ~ /[ \t]$/) bad(FNR, "white space at the end of the line")
    code = strip($0)
}
{
    text = code
    while (match(text, /(^|[^A-Za-z0-9_.>])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|alloca|rand|srand|system|popen)[ ]*\(/)) {
        name = substr(text, RSTART, RLENGTH)
        gsub(/[^a-z]/, "", name)
        bad(FNR, name " is banned; use " (name in instead ? instead[name] : "another way"))
        text = substr(text, RSTART + RLENGTH)
    }
    if (FILENAME ~ /^src\/(base|proto|policy|meet|sfu|e2ee)\// && code ~ /(^|[^A-Za-z0-9_])(malloc|calloc|realloc|free)[ ]*\(/)
        bad(FNR, "no allocation in a pure room; take it from a pool")
}
# A head begins in column 1 with a word and ends at the brace in column 1.
!in_function && /^[A-Za-z_]/ { if (code !~ /;[ \t]*$/) head = code; else head = ""; next_head = FNR; if (code ~ /;[ \t]*$/ && code ~ /\(/ && code !~ /=/ && parameters(code) > 5) bad(FNR, "more than 5 parameters; use a struct") }
!in_function && /^[ \t]/ && head != "" { head = head code }
!in_function && /^#/ { head = "" }
/^\{/ && !in_function && head ~ /\)[ \t]*$/ {
    in_function = 1
    function_at = FNR
    deepest = depth = 0
    name = head
    sub(/\(.*/, "", name)
    sub(/.*[ *]/, "", name)
    if (parameters(head) > 5) bad(next_head, name " takes more than 5 parameters; use a struct")
    next
}
/^\}/ && in_function {
    in_function = 0
    if (FNR - function_at + 1 > 70) bad(function_at, name " has " FNR - function_at + 1 " lines, at most 70")
    head = ""
    next
}
# Levels: braces that a statement opens inside the function; braceless bodies do not nest in our style.
in_function {
    n = length(code)
    for (i = 1; i <= n; i++) {
        c = substr(code, i, 1)
        if (c == "{") {
            block = substr(code, 1, i) ~ /(\)|else|do)[ \t]*\{$/
            kinds[++depth] = block
            levels = 0
            for (d = 1; d <= depth; d++) levels += kinds[d]
            if (block && levels > 3) bad(FNR, "more than 3 levels in " name)
        } else if (c == "}" && depth > 0) depth--
    }
}
BEGIN {
    instead["strcpy"] = instead["strcat"] = instead["sprintf"] = instead["vsprintf"] = "snprintf or a writer"
    instead["strtok"] = "a reader"
    instead["atoi"] = instead["atol"] = "text_u64"
    instead["gets"] = "fgets"
    instead["alloca"] = "a fixed array"
    instead["rand"] = instead["srand"] = "crypt_random"
    instead["system"] = instead["popen"] = "proc_open"
}
END {
    if (last_line > 700) { printf "%s:%d: file of more than 700 lines\n", last_file, last_line; failed = 1 }
    if (!seen) { print "tidy: no file was read"; failed = 1 }
    exit failed
}
