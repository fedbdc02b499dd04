# The table that a sweep of named cells prints (NAME.txt) as Markdown: shares, half by, and accuracy.

/^ *cell .*separated/ {
    print "| cell | separated | and solved | reveals | and solved | half by | accuracy |\n|---|---|---|---|---|---|---|"
    in_table = 1
    next
}
/^$/ { in_table = 0 }
in_table && !/^─/ {
    gsub(/^ +/, "")
    split($0, part, /  +/)
    print "| " part[1] " | " part[4] " | " part[5] " | " part[6] " | " part[7] " | " part[8] " | " part[9] " |"
}
