# SPDX-License-Identifier: Apache-2.0
#
# `make install` (DESTDIR, PREFIX) and `make deb`: sbin/runcxx, the man pages, completion for three shells, and what a
# user reads of the documents.
include(GNUInstallDirs)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # packaging does not build the tests
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS # whatever the umask
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

if(TARGET runcxx)
    install(TARGETS runcxx RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
endif()
if(TARGET manual)
    set(manual "${CMAKE_BINARY_DIR}/manual")
    install(DIRECTORY "${manual}/man8" DESTINATION ${CMAKE_INSTALL_MANDIR} FILES_MATCHING PATTERN "*.8.gz")
    install(FILES "${manual}/bash/runcxx" DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES "${manual}/fish/runcxx.fish" DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
    # zsh looks for functions of packages where the distribution says, and for those of the administrator where zsh says.
    set(zsh_folder "${CMAKE_INSTALL_DATADIR}/zsh")
    install(CODE "
        set(folder site-functions)
        if(CMAKE_INSTALL_PREFIX MATCHES \"/usr/?$\" AND EXISTS /etc/debian_version)
            set(folder vendor-completions)
        endif()
        file(INSTALL \"${manual}/zsh/_runcxx\" DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${zsh_folder}/\${folder}\")")
endif()

# README.md refers to the others as docs/NAME.md.
install(FILES "${CMAKE_SOURCE_DIR}/README.md" "${CMAKE_SOURCE_DIR}/CHANGELOG.md" DESTINATION ${CMAKE_INSTALL_DOCDIR})
foreach(document engines migrating troubleshooting compatibility spec-conformance)
    install(FILES "${CMAKE_SOURCE_DIR}/docs/${document}.md" DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
endforeach()
install(FILES "${CMAKE_SOURCE_DIR}/packaging/copyright" DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Debian's changelog has one form, and points to ours.
set(maintainer "runcxx maintainers <maintainers@runcxx.invalid>")
set(changelog "${CMAKE_BINARY_DIR}/changelog")
file(CONFIGURE OUTPUT "${changelog}" CONTENT
"runcxx (${PROJECT_VERSION}) unstable; urgency=medium

  * See CHANGELOG.md.

 -- ${maintainer}  ${RUNCXX_DATE_LONG}
")
install(CODE "
    execute_process(COMMAND gzip -9nkf \"${changelog}\" COMMAND_ERROR_IS_FATAL ANY)
    file(INSTALL \"${changelog}.gz\" DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR}\")")

# No Depends: the program is one static file (tests/package/deb_test.py sees to it). It stands beside runc, with which it
# shares neither files nor the state of containers, so it conflicts with nothing and replaces nothing.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME runcxx)
set(CPACK_PACKAGE_CONTACT "${maintainer}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "uidmap")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION
"runcxx runs containers as the Open Container Initiative specifies it: the
program that containerd, CRI-O, Podman and Docker call. It takes the commands,
options and configuration of runc, and gives the same outputs and errors.

It is installed beside other runtimes; an engine uses it once it is configured
to. /usr/share/doc/runcxx/docs/engines.md says how.")
include(CPack)
