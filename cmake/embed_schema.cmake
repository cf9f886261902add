# cmake -D OUTPUT=… -D FILES=a.sql;b.sql -P embed_schema.cmake
#
# Writes the rows of a .def file: SCHEMA_FILE(number, name, text). The number is the file name's
# leading digits, without leading zeros, because C would read those as octal.
set(rows "")
cmake_minimum_required(VERSION 3.25)
foreach(file IN LISTS FILES)
    get_filename_component(name ${file} NAME)
    if(NOT name MATCHES "^0*([1-9][0-9]*)_")
        message(FATAL_ERROR "${file}: the name of a schema file is NUMBER_what.sql")
    endif()
    set(number ${CMAKE_MATCH_1})
    file(READ ${file} text)
    string(REPLACE "\\" "\\\\" text "${text}")
    string(REPLACE "\"" "\\\"" text "${text}")
    string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
    string(APPEND rows "SCHEMA_FILE(${number}, \"${name}\",\n    \"${text}\")\n")
endforeach()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "@rows@" @ONLY)
