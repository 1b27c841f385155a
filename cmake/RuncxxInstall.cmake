# SPDX-License-Identifier: Apache-2.0
#
# `make install` (DESTDIR, PREFIX) and `make deb`: one file, sbin/runcxx, and the documents.
include(GNUInstallDirs)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # packaging does not build the tests
if(TARGET runcxx)
    install(TARGETS runcxx RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
endif()
file(GLOB man_pages CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/docs/man/*.8")
if(man_pages)
    install(FILES ${man_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
endif()
install(FILES "${CMAKE_SOURCE_DIR}/LICENSE" "${CMAKE_SOURCE_DIR}/README.md" DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME runcxx)
set(CPACK_PACKAGE_CONTACT "runcxx maintainers <runcxx@localhost>")
set(CPACK_PACKAGE_FILE_NAME "runcxx_${PROJECT_VERSION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "uidmap, criu")
include(CPack)
