# Reads rows of levels.csv and measures.csv by the names of their columns.

BEGIN { FS = "," }

# The names of a file's columns: `column` maps them to numbers, `accuracy` lists those of the test accuracies. `file`
# counts the files.
FNR == 1 {
    file++
    split("", column)
    accuracies = 0
    for (i = 1; i <= NF; i++) {
        column[$i] = i
        if ($i ~ /^accuracy_/)
            accuracy[++accuracies] = $i
    }
    next
}

function cell(name) {
    if (!(name in column)) {
        print FILENAME ": no column " name > "/dev/stderr"
        exit 1
    }
    return $(column[name])
}

function is_separated() {
    return cell("verdict") == "separated"
}

# Whether each task is solved on the test part: at the threshold, and with at most half the error of always answering its
# most frequent class, whose share stands in a column of the same end. Shares are rounded, so a hair more is none.
function is_solved(    task, column_of) {
    for (task = 1; task <= accuracies; task++) {
        column_of = accuracy[task]
        sub(/^accuracy/, "majority", column_of)
        if (cell(accuracy[task]) + 0 < 0.97 || 2 * (1 - cell(accuracy[task])) > 1 - cell(column_of) + 1e-9)
            return 0
    }
    return 1
}
