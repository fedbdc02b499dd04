# The thesis's grid of size against pruning rate, of cells.awk (`sweep` is grid): writes the table to `table`.

END {
    print "| levels | 31: own data | one draw | 38: own data | one draw | 48: own data | one draw | 57: own data | one draw |" >table
    print "|---|---|---|---|---|---|---|---|---|" >table
    sizes = split("31 38 48 57", size_of, " ")
    for (levels = 1; levels <= 10; levels++) {
        line = "| " levels " |"
        for (i = 1; i <= sizes; i++)
            line = line " " ever("grid", "ours-" size_of[i] "-" levels) " | " ever("grid", "thesis-" size_of[i] "-" levels) " |"
        print line >table
    }
}
